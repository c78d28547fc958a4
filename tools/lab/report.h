/*
 * What the reproduction prints: one table for people, one object for programs, one text to keep.
 */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <jansson.h>
#include <stdio.h>

/* The table of all results (an array of lab_case_run's objects), a line or more for each. */
void lab_report_table(FILE *to, const json_t *results);

/* The same at length: every attempt, note and deviation. */
void lab_report_text(FILE *to, const json_t *results);

/* A line about one case that has just ended. */
void lab_report_line(FILE *to, const json_t *result);

#endif
