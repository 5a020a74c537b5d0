import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { refOf } from "./customer.ts";
import { customerKey } from "./events.ts";
import { messageWriterOf } from "./message-writer.ts";

/** The documented greeting. */
export const greetingText = (name: string | null): string => (name ? `Здравствуйте, ${name}!` : "Здравствуйте!");

/** Who was greeted on which UTC day, so that a day's later history requests cost nothing. Only a shortcut: the database decides. */
const greetedToday = new WeakMap<object, { day: string; customers: Set<string> }>();

/**
 * Greets a customer at the first history request of a UTC day. The greeting is a message like any other, made repeatable by the day, so
 * requests at the same moment greet once.
 * @returns whether this request greeted
 */
export async function greetCustomer(ctx: Context, customer: Customer): Promise<boolean> {
  const day = ctx.now().toISOString().slice(0, 10);
  const key = customerKey(customer.namespace, customer.externalId);
  const known = shortcutOf(ctx, day);
  if (known.has(key)) return false;
  const { repeated } = await messageWriterOf(ctx).write({
    conversation: refOf(customer),
    kind: "greeting",
    text: greetingText(customer.name),
    author: { id: null, name: ctx.config.workspace },
    source: "system",
    clientId: `greeting:${day}`,
  });
  known.add(key);
  return !repeated;
}

function shortcutOf(ctx: Context, day: string): Set<string> {
  const known = greetedToday.get(ctx.db);
  if (known?.day === day) return known.customers;
  const customers = new Set<string>();
  greetedToday.set(ctx.db, { day, customers });
  return customers;
}
