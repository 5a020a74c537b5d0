import { z } from "zod";
import { isStorable } from "../storable.ts";

const MAX_AMOUNT = "9223372036854775807";
const fits = (digits: string) => digits.length < MAX_AMOUNT.length || digits <= MAX_AMOUNT;

/** Base units, lamports or units of a token, above zero: digits alone, at most 2^63 − 1. */
export const amount = z
  .string()
  .regex(/^[1-9]\d{0,18}$/, "must be a whole number of base units above zero")
  .refine(fits, "must be less than 2^63");
/** A bound; zero is none. */
export const bound = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/, "must be a whole number of base units")
  .refine(fits, "must be less than 2^63");
/** Amounts that are answered: base units, with a sign where they can be below zero. */
export const baseUnits = z.string().regex(/^-?\d+$/);
/** Lamports for a whole token, at most 9 decimals, rounded down. */
export const price = z.string().regex(/^\d+(\.\d{1,9})?$/);

export const storable = (text: string) => isStorable(text);
export const roomId = z.uuid().toLowerCase();
export const clientId = z.string().min(1).max(128).refine(storable, "No NUL or half characters");
/**
 * For a key: the trader that the call is about, a wallet's public key or an identity such as `app:42`. Others may name themselves; staff
 * may name others where they only look.
 */
export const userId = z.string().min(1).max(254).refine(storable, "No NUL or half characters");
export const limit = z.int().min(1).max(200).default(50);
/** `nextCursor` of the page before. */
export const numberCursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "must be the nextCursor of a page")
  .nullish();
/** Of a moderator, for everyone in the room. */
export const reason = z.string().trim().max(300).refine(storable, "No NUL or half characters").nullable();
