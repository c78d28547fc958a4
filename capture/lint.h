/*
 * What is wrong with a message: each deviation from the RFCs, and from what Windows does, with the
 * section that says so. It judges messages that nbt/ has read, and reads nothing itself: a message
 * that a strict receiver must refuse is one with a deviation for which its row of lint.def says so.
 */
#ifndef CAPTURE_LINT_H
#define CAPTURE_LINT_H

#include "capture/dialog.h"
#include "capture/tap.h"

/* By whom a message is judged. */
typedef enum cap_as {
    CAP_AS_LENIENT, /* by everybody: all deviations are found, and nothing is refused */
    CAP_AS_RFC,     /* a receiver that takes the RFCs at their word */
    CAP_AS_WINDOWS, /* one that does as Windows */
} cap_as;

typedef enum cap_check {
#define CAP_CHECK(sym, word, against, refused, text, source) CAP_CHECK_##sym,
#include "capture/lint.def"
#undef CAP_CHECK
    CAP_CHECKS
} cap_check;

/*
 * The longest message has a deviation of every kind at most once: what comes again in a list of
 * names or addresses is said of the first.
 */
enum { CAP_VALUES_MAX = 112, CAP_FAULTS_MAX = CAP_CHECKS };

typedef struct cap_fault {
    cap_check check;
    const char *rfc, *section;   /* both together are the source: "RFC1002 ", "4.2.2" */
    char values[CAP_VALUES_MAX]; /* what is seen and what is wanted: the end of the sentence */
} cap_fault;

typedef struct cap_lint {
    cap_as as;
    bool moved; /* ports are others than usual, and not judged */
    size_t n;
    cap_fault found[CAP_FAULTS_MAX];
} cap_lint;

void cap_lint_init(cap_lint *l, cap_as as, bool moved);

/* Judges a message, `link` being what cap_dialog_put gave for it; a mere note has no deviation. */
void cap_lint_put(cap_lint *l, const cap_item *item, const cap_link *link);

/* The first deviation for which the receiver refuses the message; NULL if it takes it. */
const cap_fault *cap_lint_refusal(const cap_lint *l);

/* Static text. "rd-in-release"; "rfc", "windows" or "rfc,windows". */
const char *cap_check_word(cap_check check);
const char *cap_check_against(cap_check check);

/*
 * A line for each deviation, at `to`, which has room for CAP_LINT_MAX. Gives the number of
 * characters.
 *
 *     12 lint rd-in-release rfc,windows a release has RD set: RD 1, wanted 0 (RFC1002 4.2.9)
 */
enum { CAP_LINT_MAX = CAP_FAULTS_MAX * 512 };
size_t cap_lint_lines(const cap_lint *l, const cap_item *item, char *to);

/*
 * The same in the object that cap_fields_json or cap_fields_ek printed: `line` has n characters,
 * and room for CAP_LINT_MAX more. What is new stands before its end: "refused" if the message is,
 * and with `all` the array "lint". Gives the number of characters that the line then has.
 */
size_t cap_lint_json(const cap_lint *l, bool all, char *line, size_t n);

/* Adds to the item's note why the message is refused, if it is. */
void cap_lint_remark(const cap_lint *l, cap_item *item);

#endif
