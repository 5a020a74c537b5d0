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

type Accessory = {
  id: string;
  Item: ComponentType;
  /** How much it has that is unread. */
  readCount(): number;
};
/** As the desk knows a customer. */
export type CustomerRef = {
  /** In their private chat with the bot; null for one who writes elsewhere. */
  telegramId: string | null;
};
type CustomerFact = {
  id: string;
  /** What a feature knows of a customer, as a line of their card; null where it knows nothing. */
  read(customer: CustomerRef): { label: string; value: string } | null;
};
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
const accessories = createRegister<Accessory>(({ id }) => id);
const customerFacts = createRegister<CustomerFact>(({ id }) => id);
const providers = createRegister<Provider>(({ id }) => id);

/** A page in the rail and the tab bar. */
export const registerDestination = destinations.register;
/** A heading that commands stand under. */
export const registerCommandGroup = commandGroups.register;
/** Commands that work on every page. A page offers its own with `useCommands`. */
export const registerCommands = globalCommands.register;
export const registerSearch = searches.register;
/** A small button that is always in reach: at the head of the rail, and where there is none at the head of pages. */
export const registerAccessory = accessories.register;
/** A line of the customer's card. */
export const registerCustomerFact = customerFacts.register;
/** State that a feature keeps between pages, for as long as the agent is signed in. */
export const registerProvider = providers.register;

export const registeredProviders = providers.all;
export const registeredAccessories = accessories.all;

/** What all of them have that is unread. */
export const useAccessoryCount = () => accessories.all().reduce((sum, { readCount }) => sum + readCount(), 0);

export const useCustomerFacts = (customer: CustomerRef) =>
  customerFacts.all().flatMap(({ id, read }) => {
    const fact = read(customer);
    return fact ? [{ id, ...fact }] : [];
  });

export function useDestinations() {
  return destinations.all().flatMap(({ path, icon, read }) => {
    const shown = read();
    return shown ? [{ path, icon, label: shown.label, count: shown.count ?? 0 }] : [];
  });
}

export const useCommandGroups = () => commandGroups.all().map(({ id, readLabel }) => ({ id, label: readLabel() }));

export const useGlobalCommands = (): Command[] => globalCommands.all().flatMap(({ read }) => read());

export const useSearches = (query: string) => searches.all().map(({ id, read }) => ({ id, ...read(query) }));
