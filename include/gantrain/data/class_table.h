/* The classes of a labelled data set: how many images each has, and its name. As text it goes into
 * checkpoints, from which classes are then drawn, and named, without the data. */
#ifndef GANTRAIN_DATA_CLASS_TABLE_H
#define GANTRAIN_DATA_CLASS_TABLE_H

#include "gantrain/data/dataset.h"

typedef struct gt_class_table {
    int count;        /* classes: labels are 0 to count - 1; 0: the images have no labels */
    uint32_t *images; /* (count): of each class; owned */
    char *
        *names; /* (count); NULL: classes have none. The array and its texts are one block; owned */
} gt_class_table;

/* The classes of a data set, as many as it has names, or as its largest label asks for. Fails with
 * GT_FAILED if there is no memory; after that *table is {0}. gt_class_table_free ends it. */
gt_status gt_class_table_of(gt_class_table *table, const gt_dataset *dataset, gt_error *error);

void gt_class_table_free(gt_class_table *table);

/* Writes a line for each class: its images, and a space and its name if it has one. *text is owned
 * by the caller (free); NULL if there is no memory. */
char *gt_class_table_to_text(const gt_class_table *table);

/* Reads that text. Fails with GT_FAILED; the message says which line is wrong, for the caller to
 * put the file in front. After a failure *table is {0}. */
gt_status gt_class_table_from_text(gt_class_table *table, const char *text, gt_error *error);

/* The class of that name or, if none has it, of that number. Fails with GT_USAGE: the message says
 * which classes there are. */
gt_status gt_class_table_find(int *label, const gt_class_table *table, const char *name,
                              gt_error *error);

/* Fails with GT_FAILED if images have no labels, or labels that the table has no class for. An
 * empty table asks for none. */
gt_status gt_class_table_check(const gt_class_table *table, const gt_dataset *dataset,
                               gt_error *error);

/* The name of a class, or its number as text. Returns text or the name. */
const char *gt_class_table_name(char text[16], const gt_class_table *table, int label);

#endif
