type IsoDates<Row> = {
  [Key in keyof Row]: Row[Key] extends Date ? string : Row[Key] extends Date | null ? string | null : Row[Key];
};

const isoOf = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

/** A row as clients get it: every moment in ISO 8601. */
export const withIsoDates = <Row extends object>(row: Row): IsoDates<Row> =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, isoOf(value)])) as IsoDates<Row>;
