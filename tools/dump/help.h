/*
 * What --help prints: all options, and a screen of 24 lines has room for it.
 */
#ifndef DUMP_HELP_H
#define DUMP_HELP_H

#include <argp.h>
#include <stdio.h>

/*
 * Prints a list of options in two columns, group by group; an entry that is no option is the title
 * of those behind it. A text may have 20 characters.
 */
void dump_help_print(const struct argp_option *list, FILE *to);

#endif
