/*
 * The table of exit statuses and the one form in which errors reach a user. It never exits.
 */
#include "tools/host/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int value;
    const char *text;
} statuses[] = {
#define HOST_STATUS(sym, value, text) { (value), (text) },
#include "tools/host/status.def"
#undef HOST_STATUS
};

const char *host_status_str(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].value == status)
            return statuses[i].text;
    return NULL;
}

void host_err_set(host_err *err, host_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err->status = status;
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
}

int host_err_print(const char *program, const host_err *err)
{
    fprintf(stderr, "%s: %s\n", program, err->text);
    return (int)err->status;
}

bool host_stdout_lost(host_err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return false;
    /* A flush that failed has thrown the bytes away; the next one does well and leaves errno. */
    host_err_set(err, HOST_SYSTEM, "standard output could not be written: %s", strerror(errno));
    return true;
}
