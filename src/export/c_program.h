/* The program in exported C source, which a compiler sees with -DNAME_MAIN. */
#ifndef GANTRAIN_EXPORT_C_PROGRAM_H
#define GANTRAIN_EXPORT_C_PROGRAM_H

#include "export/c_text.h"
#include "gantrain/model/prior.h"

/* Writes a main that draws z as `gantrain sample` does, and prints the image as PGM or PPM. */
void c_program_write(struct c_text *text, const gt_prior *prior);

/* Whether z of a prior can be drawn. */
bool c_program_has_prior(const gt_prior *prior);

#endif
