/* Ends of the program that a library decides on. */
#ifndef GANTRAIN_CLI_ENDINGS_H
#define GANTRAIN_CLI_ENDINGS_H

/* From now on an end that main does not decide on is explained on stderr: libgomp exits and
 * libstdc++, which oneDNN is built on, aborts where there is no memory, and neither can be
 * survived. To be called once. */
void endings_watch(void);

/* Says that the end to come is main's own. */
void endings_expect(void);

#endif
