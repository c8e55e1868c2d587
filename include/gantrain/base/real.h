/* The number type of all mathematics: float, or double when the library is built for gradient
 * checks (central differences reach a relative error of 1e-6 only in double). */
#ifndef GANTRAIN_BASE_REAL_H
#define GANTRAIN_BASE_REAL_H

#ifdef GT_REAL_IS_DOUBLE
typedef double gt_real;
#else
typedef float gt_real;
#endif

#endif
