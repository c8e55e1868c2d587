# Writes a C file that holds text files as arrays of bytes, each ended by a zero byte:
# page.css becomes asset_page_css.
#
#   cmake -DOUTPUT=FILE.c -DINPUTS=FILE,... -P embed.cmake

string(REPLACE "," ";" inputs "${INPUTS}")
set(text "/* Made from the files of src/report/ by scripts/embed.cmake. */\n#include \"report/page.h\"\n")
foreach(input ${inputs})
  get_filename_component(name ${input} NAME)
  string(MAKE_C_IDENTIFIER "asset_${name}" name)
  file(READ ${input} bytes HEX)
  # Rows of 16 bytes: compilers are slow at very long lines.
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND text "\nconst char ${name}[] = {\n${bytes}0};\n")
endforeach()
file(WRITE ${OUTPUT} "${text}")
