/*
 * nbtdump: shows the NetBIOS messages of a network or of a capture file.
 */
#include "tools/dump/error.h"
#include "tools/dump/opt.h"
#include "tools/dump/run.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    dump_opt o;
    dump_opt_parse(&o, argc, argv);
    dump_catch();
    int status =
        o.error ? dump_error(o.error, o.filter, stdin, stdout) : dump_run(&o, STDOUT_FILENO);
    dump_opt_fini(&o);
    return status;
}
