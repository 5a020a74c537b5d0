import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOM, formatLine, joinValues, parseCsv, splitValues } from "./format.ts";

const cellsOf = (text: string) => parseCsv(text).records.map(({ cells }) => cells);

describe("CSV", () => {
  it("comes back as it was written, whatever is in its cells", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("=1+1", "'=x", "-5", "+44", "@a", "\tx", 'a"b', "a\r\nb", ";", "''+"),
    );
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, (given) => {
        // A byte order mark in front is none of the first cell.
        const header = ["name", "email"];
        const text = [header, ...given].map(formatLine).join("");
        const kept = given.filter((cells) => cells.some((one) => one !== ""));
        expect(cellsOf(text)).toEqual([header, ...kept]);
      }),
    );
  });

  it("never begins a cell as a formula", () => {
    for (const cell of ["=1", "+1", "-1", "@x", "\tx", "\rx", "'=1"]) expect(formatLine([cell])).toMatch(/^"?'/);
    expect(formatLine(["Anna", "O'Neil"])).toBe("Anna,O'Neil\r\n");
  });

  it("is read with commas, semicolons or tabs, with or without a byte order mark, and quoted line ends", () => {
    expect(cellsOf(`${BOM}name;note\n"Berg; Anna";"two\nlines"\n\nBoris;b`)).toEqual([
      ["name", "note"],
      ["Berg; Anna", "two\nlines"],
      ["Boris", "b"],
    ]);
    expect(cellsOf("a\tb\r\n1\t2\r\n")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(cellsOf('"a;b;c",d\n1,2')).toEqual([
      ["a;b;c", "d"],
      ["1", "2"],
    ]);
  });

  it("says at which line a record begins, and which quote does not end", () => {
    const { records } = parseCsv('a,b\n"1\n2",x\n\n3,4\n');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 5]);
    expect(parseCsv('a,b\n"1,2\n').unclosed).toBe(2);
  });

  it("holds several values in a cell", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1 }).filter((text) => text.trim() === text && text !== "")),
        (values) => {
          expect(splitValues(joinValues(values))).toEqual(values);
        },
      ),
    );
  });
});
