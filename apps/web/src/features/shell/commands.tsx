"use client";

import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { isPartOpening } from "../../ui/lazy.tsx";
import { type Command, CommandRegistry } from "./command-registry.ts";
import { singleKeysAreOn } from "./single-keys.ts";

const RegistryContext = createContext<CommandRegistry | null>(null);

export function useCommandRegistry(): CommandRegistry {
  const registry = useContext(RegistryContext);
  if (!registry) throw new Error("useCommandRegistry outside of CommandProvider");
  return registry;
}

/** Offers commands for as long as the component is there. */
export function useCommands(commands: readonly Command[]) {
  const registry = useCommandRegistry();
  const [source] = useState(() => Symbol("commands"));
  useEffect(() => registry.set(source, commands));
  useEffect(() => () => registry.remove(source), [registry, source]);
}

const EDITABLE = "input, textarea, select, [contenteditable=true]";
const OWN_KEYS = '[role="dialog"], [role="menu"], [role="listbox"]';
const OPEN_OVERLAY = '[role="dialog"], [role="menu"]';

/**
 * Single keys stay out of the way of typing, and of menus and dialogs, which have keys of their own: also while one is opening and
 * the focus has not reached it.
 */
function mayRun(event: KeyboardEvent, command: Command): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(OWN_KEYS)) return false;
  if (command.keys?.includes("mod+")) return true;
  if (isPartOpening() || document.querySelector(OPEN_OVERLAY)) return false;
  return singleKeysAreOn() && !target?.closest(EDITABLE);
}

export function CommandProvider({ children }: { children: ReactNode }) {
  const [registry] = useState(() => new CommandRegistry());
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      const command = registry.find(event);
      if (!command || !mayRun(event, command)) return;
      event.preventDefault();
      command.run();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [registry]);
  return <RegistryContext value={registry}>{children}</RegistryContext>;
}
