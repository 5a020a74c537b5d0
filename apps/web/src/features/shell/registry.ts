import type { LucideIcon } from "lucide-react";
import type { ComponentType, ReactNode } from "react";

/**
 * What features add to the shell, by name and in order of registration. They register while their modules are loaded, before anything
 * is rendered. Every `read` here is a hook.
 */
export type Destination = {
  path: string;
  icon: LucideIcon;
  /** Null while it is not offered. */
  read(): { label: string; count?: number } | null;
};

/** Something that works right now; listed in the palette and the sheet of keys, and run by its key. */
export type Command = {
  id: string;
  label: string;
  /** Id of a command group. */
  group: string;
  icon?: LucideIcon;
  /** `e`, `shift+g`, `mod+k`; mod is Command on Apple's keyboards and Control elsewhere. */
  keys?: string;
  run: () => void;
  /** Listed in the sheet of keys only: moving in a list makes no sense from a palette. */
  isKeyOnly?: boolean;
};

type CommandGroup = { id: string; readLabel(): string };
type GlobalCommands = { id: string; read(): readonly Command[] };

export type SearchResult = { id: string; href: string; title: string; detail?: string; note?: string };
type Search = { id: string; read(query: string): { label: string; results: readonly SearchResult[] } };

type Provider = { id: string; Provider: ComponentType<{ children: ReactNode }> };

function createRegister<Entry>(keyOf: (entry: Entry) => string) {
  const entries = new Map<string, Entry>();
  return {
    register: (entry: Entry): void => void entries.set(keyOf(entry), entry),
    all: (): Entry[] => [...entries.values()],
  };
}

const destinations = createRegister<Destination>(({ path }) => path);
const commandGroups = createRegister<CommandGroup>(({ id }) => id);
const globalCommands = createRegister<GlobalCommands>(({ id }) => id);
const searches = createRegister<Search>(({ id }) => id);
const providers = createRegister<Provider>(({ id }) => id);

/** A page in the rail and the tab bar. */
export const registerDestination = destinations.register;
/** A heading that commands stand under. */
export const registerCommandGroup = commandGroups.register;
/** Commands that work on every page. A page offers its own with `useCommands`. */
export const registerCommands = globalCommands.register;
export const registerSearch = searches.register;
/** State that a feature keeps between pages, for as long as the agent is signed in. */
export const registerProvider = providers.register;

export const registeredProviders = providers.all;

export function useDestinations() {
  return destinations.all().flatMap(({ path, icon, read }) => {
    const shown = read();
    return shown ? [{ path, icon, label: shown.label, count: shown.count ?? 0 }] : [];
  });
}

export const useCommandGroups = () => commandGroups.all().map(({ id, readLabel }) => ({ id, label: readLabel() }));

export const useGlobalCommands = (): Command[] => globalCommands.all().flatMap(({ read }) => read());

export const useSearches = (query: string) => searches.all().map(({ id, read }) => ({ id, ...read(query) }));
