import type { LucideIcon } from "lucide-react";

export const COMMAND_GROUPS = ["conversation", "list", "composer", "everywhere"] as const;

/** Something that works right now; listed in the palette and the sheet of keys, and run by its key. */
export type Command = {
  id: string;
  label: string;
  group: (typeof COMMAND_GROUPS)[number];
  icon?: LucideIcon;
  /** `e`, `shift+g`, `mod+k`; mod is Command on Apple's keyboards and Control elsewhere. */
  keys?: string;
  run: () => void;
  /** Listed in the sheet of keys only: moving in a list makes no sense from a palette. */
  isKeyOnly?: boolean;
};

type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** The letter of a key; by its place when the layout has no Latin letter there, so that shortcuts work in Russian too. */
function letterOf({ key, code }: KeyPress): string {
  if (/^[\x20-\x7e]$/.test(key) || key.length > 1) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key.toLowerCase();
}

/** Whether a press is that of `keys`. */
export function matchesKeys(keys: string, press: KeyPress): boolean {
  const parts = keys.split("+");
  const letter = parts.at(-1) ?? "";
  const wantsMod = parts.includes("mod");
  if (press.altKey || wantsMod !== (press.metaKey || press.ctrlKey)) return false;
  // A sign such as `?` has its Shift built in.
  if (/^[a-z]$/.test(letter) && parts.includes("shift") !== press.shiftKey) return false;
  return letterOf(press) === letter;
}

/** Commands of what is on the screen. The latest owner of a key wins. */
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
