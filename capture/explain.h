/*
 * What went wrong with names, in plain words: the incidents of a ledger put together into findings.
 * Each says who asked, who refused and why, what the asker's program got, what its user saw, and
 * what to do.
 */
#ifndef CAPTURE_EXPLAIN_H
#define CAPTURE_EXPLAIN_H

#include "capture/buf.h"
#include "capture/ledger.h"

/* What a finding is: the rows of capture/explain.def. */
typedef enum cap_verdict {
#define CAP_VERDICT(sym, word, grade, title, advice) CAP_VERDICT_##sym,
#include "capture/explain.def"
#undef CAP_VERDICT
    CAP_VERDICT_COUNT,
} cap_verdict;

/* How grave it is: what happens on sound networks, too; what somebody will miss; what is wrong. */
typedef enum cap_grade {
    CAP_GRADE_NOTICE,
    CAP_GRADE_WARNING,
    CAP_GRADE_ERROR,
} cap_grade;

/* The word for a verdict and for a grade, for programs. Static text. */
const char *cap_verdict_str(cap_verdict verdict);
const char *cap_grade_str(cap_grade grade);
cap_grade cap_verdict_grade(cap_verdict verdict);

/* One finding: incidents of one kind between the same two hosts. */
typedef struct cap_finding {
    cap_verdict verdict;
    size_t first, n; /* its incidents, in cap_explain.places */
} cap_finding;

typedef struct cap_explain {
    const cap_ledger *ledger;
    uint32_t *places; /* incidents of the ledger, those of a finding side by side */
    cap_finding *findings;
    size_t n;
} cap_explain;

/*
 * Puts together the incidents of a ledger from one place to another, both included; a ledger that
 * is to change later is to be explained anew. Findings stand in the order in which they began.
 * False: no memory.
 */
bool cap_explain_init(cap_explain *e, const cap_ledger *ledger, uint32_t from, uint32_t to);
void cap_explain_fini(cap_explain *e);

/* A finding as a paragraph, numbered, with an empty line behind it. */
void cap_explain_text(const cap_explain *e, size_t i, size_t number, cap_buf *out);

/* The same in some words, without a newline: "FRED<00>: 10.0.0.2 was refused by 10.0.0.1; ...". */
void cap_explain_line(const cap_explain *e, size_t i, cap_buf *out);

/* The same as one JSON object in a line. */
void cap_explain_json(const cap_explain *e, size_t i, cap_buf *out);

/*
 * What is no fault but worth knowing: a viewer's name of remote control (suffix 41) that is held. A
 * second session of that console would be refused without any packet (Q200832).
 */
void cap_explain_hints(const cap_ledger *ledger, cap_buf *out);

#endif
