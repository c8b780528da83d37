# Prints the table of run.sh. A line of input is the name of a part and a line that the part has printed: `part case
# expected got`, or `SKIPPED name reason`. The last line of a part is `ENDED status`.

BEGIN { FS = "\t" }

$2 == "ENDED" {
    if ($3 != 0) bad($1, "failed with status " $3)
    # With --installed-only a part may skip all its cases.
    if (!rows_of[$1] && installed_only && skips_of[$1]) skipped_parts++
    else if (!rows_of[$1]) bad($1, "printed no row")
    next
}
$2 == "SKIPPED" && NF == 4 {
    skips_of[$1]++
    skipped[++skips] = $1 ": " $3 ": " $4
    next
}
$2 == $1 && NF == 5 && $4 != "" {
    rows_of[$1]++
    if (seen[$1, $3]++) bad($1, "has two rows for the case: " $3)
    rows++
    same = ("x" $4 == "x" $5)
    if (!same) differences++
    cell[rows, 1] = $2; cell[rows, 2] = $3; cell[rows, 3] = $4; cell[rows, 4] = $5
    cell[rows, 5] = same ? "" : "<- DIFFERS"
    for (column = 1; column <= 3; column++)
        if (length(cell[rows, column]) > width[column]) width[column] = length(cell[rows, column])
    next
}
{ bad($1, "printed a line that is not a row: " $0) }

function bad(part, what) { broken[++breaks] = part ": " what }

END {
    head[1] = "part"; head[2] = "case"; head[3] = "expected"
    for (column = 1; column <= 3; column++)
        if (length(head[column]) > width[column]) width[column] = length(head[column])
    form = "%-" width[1] "s  %-" width[2] "s  %-" width[3] "s  %s%s\n"
    printf form, head[1], head[2], head[3], "got", ""
    for (row = 1; row <= rows; row++)
        printf form, cell[row, 1], cell[row, 2], cell[row, 3], cell[row, 4], \
            cell[row, 5] == "" ? "" : "  " cell[row, 5]
    print ""
    for (i = 1; i <= skips; i++) print "SKIPPED  " skipped[i]
    for (i = 1; i <= breaks; i++) print "BROKEN  " broken[i]
    printf "%d rows, %d differ, %d skipped, %d broken\n", rows, differences, skips, breaks
    if (differences || breaks) exit 1
    if (skipped_parts) exit 3
}
