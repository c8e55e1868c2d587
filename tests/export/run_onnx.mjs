// Runs ONNX models in onnxruntime-web and compares their outputs with what gantrain computed.
//
//   node run_onnx.mjs MODULES LIST
//
// MODULES: a directory with node_modules. Each line of LIST is a model, the name of its input and output, the type
// of each ("float32" or "uint8"), the sizes of an example, "2x3x4", of the input and the output, the files of both
// (rows of them), by how much a number may differ, and the file of the classes, or "-" for a model that takes none.
// Status 77: onnxruntime-web is not there.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, list] = process.argv.slice(2);
let ort;
try {
  ort = createRequire(modules + '/')('onnxruntime-web');
} catch {
  process.exit(77);
}
ort.env.wasm.numThreads = 1;

const kinds = { float32: Float32Array, uint8: Uint8Array, int64: BigInt64Array };

function read(file, type) {
  const bytes = readFileSync(file);
  return new kinds[type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

let failures = 0;
function fail(text) {
  console.log(text);
  failures++;
}

async function check(line) {
  const [model, input, inType, inSizes, inFile, output, outType, outSizes, outFile, most, classes] = line.split(' ');
  const session = await ort.InferenceSession.create(readFileSync(model));
  const inputs = classes === '-' ? input : `${input},class`;
  if (session.inputNames.join() !== inputs) fail(`${model}: inputs ${session.inputNames}, not ${inputs}`);
  if (!session.outputNames.includes(output)) fail(`${model}: outputs ${session.outputNames}, not ${output}`);
  const sizes = inSizes.split('x').map(Number), data = read(inFile, inType), wanted = read(outFile, outType);
  const size = sizes.reduce((a, b) => a * b), batch = data.length / size;
  for (const rows of [batch, 1]) { // the batch is free
    const dims = [rows, ...sizes];
    const feed = { [input]: new ort.Tensor(inType, data.slice(0, rows * size), dims) };
    if (classes !== '-') feed.class = new ort.Tensor('int64', read(classes, 'int64').slice(0, rows), [rows]);
    const result = (await session.run(feed))[output];
    const shape = [rows, ...outSizes.split('x').map(Number)].join('x');
    if (result.dims.join('x') !== shape) fail(`${model}: ${output} is ${result.dims.join('x')}, not ${shape}`);
    if (result.type !== outType) fail(`${model}: ${output} is ${result.type}, not ${outType}`);
    let largest = 0;
    result.data.forEach((number, i) => { largest = Math.max(largest, Math.abs(number - wanted[i])); });
    if (!(largest <= Number(most))) fail(`${model}: ${output} differs by ${largest}, at most ${most}`);
  }
  if (new Set(wanted).size < 3) fail(`${model}: ${output} has ${new Set(wanted).size} different numbers`);
}

for (const line of readFileSync(list, 'utf8').trim().split('\n')) {
  try {
    await check(line);
  } catch (error) {
    fail(`${line.split(' ')[0]}: ${error.message}`);
  }
}
process.exit(failures > 0 ? 1 : 0);
