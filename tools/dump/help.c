/*
 * The list of options as two columns. Nothing is said here that the list does not say.
 */
#include "tools/dump/help.h"

#include <stdbool.h>

enum { COLUMN = 40, LABEL = 16, CELL_MAX = 128 };

static bool is_end(const struct argp_option *o)
{
    return !o->name && !o->key && !o->doc;
}

static bool is_title(const struct argp_option *o)
{
    return !o->name && !o->key && o->doc;
}

/* "  -?, --help       this text" */
static void cell(const struct argp_option *o, char to[CELL_MAX])
{
    char label[CELL_MAX / 2], key[] = { '-', (char)o->key, '\0' };
    bool letter = o->key > ' ' && o->key < 0x7F, optional = (o->flags & OPTION_ARG_OPTIONAL) != 0;
    snprintf(label, sizeof label, "%s%s%s%s%s%s%s", letter ? key : "",
             letter && o->name ? ", " : "", o->name ? "--" : "", o->name ? o->name : "",
             !o->arg    ? ""
             : optional ? "[="
                        : " ",
             o->arg ? o->arg : "", o->arg && optional ? "]" : "");
    snprintf(to, CELL_MAX, "  %-*s %s", LABEL, label, o->doc);
}

static void group(const struct argp_option *first, size_t n, FILE *to)
{
    size_t rows = (n + 1) / 2;
    for (size_t i = 0; i < rows; i++) {
        char left[CELL_MAX], right[CELL_MAX] = "";
        cell(&first[i], left);
        if (i + rows < n)
            cell(&first[i + rows], right);
        fprintf(to, "%-*s%s\n", right[0] ? COLUMN : 0, left, right);
    }
}

void dump_help_print(const struct argp_option *list, FILE *to)
{
    fprintf(to, "Usage: nbtdump -i INTERFACE|-r FILE [OPTION...] [PCAP-FILTER...]   man nbtdump\n");
    while (!is_end(list)) {
        size_t n = 0;
        if (is_title(list))
            fprintf(to, "%s\n", list++->doc);
        while (!is_end(&list[n]) && !is_title(&list[n]))
            n++;
        group(list, n, to);
        list += n;
    }
}
