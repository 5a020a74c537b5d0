import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { isPartOpening } from "../../ui/lazy.tsx";
import { useBrowserValue } from "../../ui/use-browser.ts";
import { type Command, useCommandGroups } from "./registry.ts";

type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** The letter of a key; by its place when the layout has no Latin letter there, so that shortcuts work in Russian too. */
function letterOf({ key, code }: KeyPress): string {
  if (/^[\x20-\x7e]$/.test(key) || key.length > 1) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key.toLowerCase();
}

export function matchesKeys(keys: string, press: KeyPress): boolean {
  const parts = keys.split("+");
  const letter = parts.at(-1) ?? "";
  const wantsMod = parts.includes("mod");
  if (press.altKey || wantsMod !== (press.metaKey || press.ctrlKey)) return false;
  // A sign such as `?` has its Shift built in.
  if (/^[a-z]$/.test(letter) && parts.includes("shift") !== press.shiftKey) return false;
  return letterOf(press) === letter;
}

/** The commands of the mounted components. The latest owner of a key wins. */
export class CommandRegistry {
  readonly #sources = new Map<symbol, readonly Command[]>();

  set(source: symbol, commands: readonly Command[]): void {
    this.#sources.set(source, commands);
  }

  remove(source: symbol): void {
    this.#sources.delete(source);
  }

  all(): Command[] {
    return [...this.#sources.values()].flat();
  }

  find(press: KeyPress): Command | undefined {
    return this.all().findLast((command) => command.keys !== undefined && matchesKeys(command.keys, press));
  }
}

const KEY = "pult.singleKeys";
const listeners = new Set<() => void>();

/** Whether bare letters do things. Can be turned off: speech input and tired hands press them by accident. */
function singleKeysAreOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // A browser that keeps nothing keeps them on.
  }
  for (const listener of listeners) listener();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    singleKeysAreOn,
    () => true,
  );
}

const isApple = () => /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Record<string, string> = { enter: "↵", escape: "esc", shift: "⇧" };

/** How keys are written on this keyboard: `mod+k` is ⌘K or Ctrl K. */
export function useKeyText() {
  const apple = useBrowserValue(isApple, false);
  return (keys: string): string => {
    const parts = keys.split("+").map((part) => {
      if (part === "mod") return apple ? "⌘" : "Ctrl";
      return NAMES[part] ?? part.toUpperCase();
    });
    return parts.join(apple ? "" : " ");
  };
}

const RegistryContext = createContext<CommandRegistry | null>(null);

function useCommandRegistry(): CommandRegistry {
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

/** Commands that work on this page, under their headings, as they were offered when first asked for. */
export function useOfferedCommands(isWanted: (command: Command) => boolean) {
  const registry = useCommandRegistry();
  const [offered] = useState(() => registry.all().filter(isWanted));
  return useCommandGroups()
    .map((group) => ({ ...group, commands: offered.filter((command) => command.group === group.id) }))
    .filter(({ commands }) => commands.length > 0);
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
