/*
 * A main for a fuzz target that is built without libFuzzer: replays inputs, under any compiler.
 *
 * The arguments are files and folders of inputs; the empty input comes first, unasked. It never
 * makes up an input: finding new ones is libFuzzer's work (the preset fuzz).
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The fuzz target; libFuzzer's name for it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* An input lies in a heap block of exactly its size, so that a read past its end is seen. */
static bool replay(FILE *file, size_t len)
{
    uint8_t *bytes = calloc(1, len);
    bool whole = bytes && (!file || fread(bytes, 1, len, file) == len);
    if (whole) {
        (void)LLVMFuzzerTestOneInput(bytes, len);
    }
    free(bytes);
    return whole;
}

static bool replay_file(const char *path, size_t *inputs)
{
    struct stat st;
    bool whole = false;
    FILE *file = fopen(path, "rb");
    if (file && fstat(fileno(file), &st) == 0) {
        printf("%s\n", path); /* first, for the log of a crash must say which input it was */
        fflush(stdout);
        whole = replay(file, (size_t)st.st_size);
    }
    if (file) {
        fclose(file);
    }
    if (!whole) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    ++*inputs;
    return true;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A corpus without a file proves nothing, so that is a failure. */
static bool replay_folder(const char *path, size_t *inputs)
{
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort);
    bool ok = n > 0;
    for (int i = 0; i < n; i++) {
        char *file;
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0) {
            abort();
        }
        ok = replay_file(file, inputs) && ok;
        free(file);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    if (n <= 0) {
        fprintf(stderr, "%s: no inputs here\n", path);
    }
    return ok;
}

int main(int argc, char **argv)
{
    size_t inputs = 1;
    bool ok = replay(NULL, 0);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        ok = (folder ? replay_folder : replay_file)(argv[i], &inputs) && ok;
    }
    printf("%zu inputs replayed, the empty one among them\n", inputs);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
