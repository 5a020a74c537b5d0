"use client";

import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";

export const PHONE_KINDS = ["app", "telegram", "miniApp"] as const;
export type PhoneKind = (typeof PHONE_KINDS)[number];
export const PANES = ["phone", "group", "tray"] as const;
export type Pane = (typeof PANES)[number];

/** What is looked at, in the address: whose phone, which app, who of the staff, and on a narrow screen which pane. */
export function useAddress() {
  return useQueryStates({
    phone: parseAsStringLiteral(PHONE_KINDS).withDefault("app"),
    customer: parseAsInteger,
    staff: parseAsInteger,
    pane: parseAsStringLiteral(PANES).withDefault("phone"),
  });
}
