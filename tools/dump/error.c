/*
 * Which of the words are the code and which are data.
 */
#include "tools/dump/error.h"
#include "capture/errors.h"
#include "capture/event.h"
#include "tools/host/err.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 16 * 1024 };

static const char spaces[] = " \t\r\n";

/* A dash that is a word of its own gives way to what `from` has. */
static void add_words(cap_buf *text, const char *words, FILE *from)
{
    char input[INPUT_MAX];
    while (words[strspn(words, spaces)]) {
        words += strspn(words, spaces);
        size_t n = strcspn(words, spaces);
        cap_buf_str(text, text->n ? " " : "");
        if (n == 1 && *words == '-')
            cap_buf_add(text, input, fread(input, 1, sizeof input, from));
        else
            cap_buf_add(text, words, n);
        words += n;
    }
}

static int unknown(const char *code)
{
    host_err err;
    host_err_set(
        &err, HOST_USAGE,
        "--error %.60s: not known here. It is a number (0x16, 52, 4320), a name (ACT_ERR), "
        "or a number behind rcode, nrc, session, datagram, error, event, ras; a Windows "
        "machine's net helpmsg knows more",
        code);
    return host_err_print("nbtdump", &err);
}

static int no_data(const char *why)
{
    host_err err;
    host_err_set(&err, HOST_USAGE,
                 "--error: the data of the event cannot be read: %s. Copy it as Event Viewer shows "
                 "it: 0000: 00 00 04 00 ...",
                 why);
    return host_err_print("nbtdump", &err);
}

/* Data whose code tells that it is of another event than was said is right about that. */
static int explain_data(const char *code, const char *data, cap_buf *out)
{
    cap_event e;
    char *end;
    const char *why;
    if (!cap_event_parse(&e, data, strlen(data), &why))
        return no_data(why);
    unsigned long number = code ? strtoul(code, &end, 10) : 0;
    if (e.has_code && code && !*end && number != (e.code & 0xFFFF))
        cap_buf_fmt(out, "The data is not of %.60s.\n", code);
    cap_event_explain(&e, out);
    return HOST_OK;
}

/* `text` is all words; its first is the code, unless it is data already. */
static int explain(char *text, bool is_data, cap_buf *out)
{
    size_t n = strcspn(text, spaces);
    char *rest = text + n + strspn(text + n, spaces);
    cap_event e;
    const char *why;
    if (!is_data && cap_error_explain(text, out))
        return HOST_OK;
    if (is_data || memchr(text, ':', n))
        return explain_data(NULL, text, out);
    if (cap_event_parse(&e, text, strlen(text), &why) && e.has_ip)
        return explain_data(NULL, text, out); /* it began without offsets */
    if (!*rest)
        return unknown(text);
    text[n] = '\0';
    if (!cap_error_is_set(text))
        return explain_data(text, rest, out);
    text[n] = ' ';
    return unknown(text);
}

int dump_error(const char *code, const char *rest, FILE *from, FILE *to)
{
    cap_buf text = { 0 }, out = { 0 };
    host_err err;
    add_words(&text, code, from);
    add_words(&text, rest ? rest : "", from);
    cap_buf_add(&text, "", 1);
    int status = explain(text.s, strcmp(code, "-") == 0, &out);
    if (out.n > 0)
        fwrite(out.s, 1, out.n, to);
    if (status == HOST_OK && to == stdout && host_stdout_lost(&err))
        status = host_err_print("nbtdump", &err);
    cap_buf_fini(&text);
    cap_buf_fini(&out);
    return status;
}
