import bigInt from "big-integer";
import { Api } from "telegram/tl/index.js";
import type { Plain } from "../state.ts";
import type { TlObject } from "../wire/tl.ts";

/** Members of gramjs's objects that are not TL's. */
const INTERNAL = new Set(["CONSTRUCTOR_ID", "SUBCLASS_OF_ID", "className", "classType", "originalArgs", "flags"]);

export function toPlain(object: TlObject): Plain {
  const members = Object.entries(object).filter(([name, value]) => !INTERNAL.has(name) && value !== null);
  return { ...Object.fromEntries(members.map(([name, value]) => [name, toJson(value)])), _: object.className };
}

export function toPlains(objects: readonly TlObject[] | null | undefined): Plain[] {
  return (objects ?? []).map(toPlain);
}

/** @throws for a class that TL does not have */
export function fromPlain<T>({ _: name, ...members }: Plain): T {
  const type: unknown = name
    .split(".")
    .reduce<unknown>((scope, part) => (scope as Record<string, unknown>)?.[part], Api);
  if (typeof type !== "function") throw new Error(`TL has no class ${name}`);
  const entries = Object.entries(members).map(([member, value]) => [member, fromJson(value)]);
  return Reflect.construct(type, [Object.fromEntries(entries)]) as T;
}

export function fromPlains<T>(plains: readonly Plain[]): T[] {
  return plains.map((plain) => fromPlain<T>(plain));
}

function toJson(value: unknown): unknown {
  if (bigInt.isInstance(value)) return { $long: value.toString() };
  if (Buffer.isBuffer(value)) return { $bytes: value.toString("base64") };
  if (Array.isArray(value)) return value.map(toJson);
  return typeof value === "object" && value !== null ? toPlain(value as TlObject) : value;
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value;
  if ("$long" in value) return bigInt(String(value.$long));
  if ("$bytes" in value) return Buffer.from(String(value.$bytes), "base64");
  return fromPlain(value as Plain);
}
