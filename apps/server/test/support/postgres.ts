import { randomBytes } from "node:crypto";
import postgres from "postgres";

/** A fresh database on the server of `TEST_DATABASE_URL`. */
export async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error("TEST_DATABASE_URL names no server");
  const name = `pult_black_box_${randomBytes(6).toString("hex")}`;
  await run(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `drop database if exists ${name} with (force)`) };
}

async function run(server: string, statement: string): Promise<void> {
  const url = new URL(server);
  const socketDir = url.searchParams.get("host");
  url.searchParams.delete("host");
  const admin = postgres(url.href, { max: 1, onnotice: () => {}, ...(socketDir ? { host: socketDir } : {}) });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}
