# Lists which conformance rows the given files below tests/ cite; it judges none of them.
# Each citation is a line FILE TAB LINE TAB ROW; one that cannot be read has an empty ROW and
# the reason as a fourth field.
#
# Cited is what stands in the first argument of NBT_TEST or NBT_TEST_WITH in C sources, outside
# comments, and in lines "# rows: A1 C14" of the shell scripts in live/ and rules/, directly above
# the check that they describe.

BEGIN {
    OFS = "\t"
    # Strings are tokens of their own, so that a comment mark inside one is not taken for one.
    token = "\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)*'|/\\*|//|[A-Za-z_][A-Za-z_0-9]*|[^ \t]"
}

FNR == 1 {
    end_of_file()
    file = FILENAME
    is_c = FILENAME ~ /\.[ch]$/
    is_shell = FILENAME ~ /tests\/(live|rules)\// && (FILENAME ~ /\.sh$/ || /^#!/)
}

is_c { c_line($0) }
is_shell { shell_line($0) }

END { end_of_file() }

function cite(rows, line,    i, n, row)
{
    n = split(rows, row, /[ \t]+/)
    for (i = 1; i <= n; i++)
        if (row[i] != "")
            print file, line, row[i]
}

function refuse(line, why) { print file, line, "", why }

function end_of_file()
{
    if (state != "")
        refuse(opened, "NBT_TEST has no end")
    if (rows_line)
        refuse(rows_line, "a rows line describes no check")
    state = ""
    in_comment = rows_line = 0
}

# One line of C. `state` is where in a registration the last line ended: nowhere (""), after its
# name ("name"), or in its first argument ("rows").
function c_line(s,    t, at)
{
    if (state == "" && !in_comment && s !~ /NBT_TEST|\/\*/)
        return
    if (s ~ /^[ \t]*#[ \t]*define[ \t]+NBT_TEST(_WITH)?\(/)
        return
    while (s != "") {
        if (in_comment) {
            if (!(at = index(s, "*/")))
                return
            s = substr(s, at + 2)
            in_comment = 0
        }
        if (!match(s, token))
            return
        t = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (t == "//")
            return
        if (t == "/*")
            in_comment = 1
        else
            c_token(t)
    }
}

function c_token(t)
{
    if (t == "NBT_TEST" || t == "NBT_TEST_WITH") {
        state = "name"
        opened = FNR
        rows = ""
        seen = 0
    } else if (state == "name") {
        state = t == "(" ? "rows" : ""
    } else if (state == "rows" && t ~ /^"/) {
        rows = rows substr(t, 2, length(t) - 2) # neighbouring literals are one, as in C
        seen = 1
    } else if (state == "rows") {
        if (seen && t == ",")
            cite(rows, opened)
        else
            refuse(opened, "the rows of NBT_TEST must be a string literal")
        state = ""
    }
}

function shell_line(s)
{
    if (s ~ /^[ \t]*# rows:/) {
        if (rows_line)
            refuse(rows_line, "a rows line describes no check")
        rows_line = FNR
        sub(/^[ \t]*# rows:[ \t]*/, "", s)
        if (s == "")
            refuse(FNR, "a rows line names no row")
        cite(s, FNR)
    } else if (rows_line) {
        if (s ~ /^[ \t]*$/)
            refuse(rows_line, "a rows line describes no check")
        rows_line = 0
    }
}
