/** Rows of `db.execute`: postgres.js answers an array, PGlite an object that holds it. */
export function rowsOf<Row>(result: unknown): Row[] {
  if (Array.isArray(result)) return result as Row[];
  return (result as { rows: Row[] }).rows;
}
