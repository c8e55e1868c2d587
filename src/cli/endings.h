/* Ends of the program that a library decides on. */
#ifndef GANTRAIN_CLI_ENDINGS_H
#define GANTRAIN_CLI_ENDINGS_H

/* An end that main does not decide on is explained on stderr, also before main: libgomp exits and
 * libstdc++, which oneDNN is built on, aborts where there is no memory, and neither can be
 * survived.
 *
 * Call it when main begins: the advice is different from then on. */
void endings_begin(void);

/* Says that the end to come is main's own. */
void endings_expect(void);

#endif
