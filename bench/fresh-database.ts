import { randomBytes } from "node:crypto";

/** Makes a new database on the server of `url`. @returns its address */
export async function freshDatabase(url: string): Promise<string> {
  const { default: postgres } = await import("postgres");
  const { searchParams } = new URL(url);
  const socketDir = searchParams.get("host");
  const base = new URL(url);
  base.searchParams.delete("host");
  const name = `pult_bench_${randomBytes(4).toString("hex")}`;
  const sql = postgres(base.href, { max: 1, ...(socketDir ? { host: socketDir } : {}) });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const mine = new URL(url);
  mine.pathname = `/${name}`;
  return mine.href;
}
