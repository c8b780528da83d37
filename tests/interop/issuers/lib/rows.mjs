// Prints rows on standard output.

export function row(what, expected, got) {
    const text = (value) => String(value).replace(/[\t\n]/g, ' ');
    process.stdout.write(`issuers\t${text(what)}\t${text(expected)}\t${text(got)}\n`);
}
