import { createStore, useStore } from "zustand";

/** Of the build that this page belongs to. */
const BUILD = process.env.BUILD ?? "";
const RELOADED_FOR = "pult.reloadedFor";

const outdated = createStore(() => false);
const unsentSources = new Set<() => boolean>();

/** Adds a source of work that a reload would lose. Returns the way to remove it. */
export function registerUnsent(hasUnsent: () => boolean): () => void {
  unsentSources.add(hasUnsent);
  return () => unsentSources.delete(hasUnsent);
}

const FIELDS = "textarea, input:not([type=checkbox], [type=radio], [type=file], [type=search])";

/** Whether a reload would lose anything: typed text, an open dialog, a message or photo on its way. */
function hasUnsent(): boolean {
  if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return true;
  for (const field of document.querySelectorAll<HTMLInputElement>(FIELDS)) if (field.value !== "") return true;
  return [...unsentSources].some((source) => source());
}

/** Reloads once per version: two nodes of different versions must not keep a page reloading. */
function mayReloadFor(version: string): boolean {
  try {
    if (sessionStorage.getItem(RELOADED_FOR) === version) return false;
    sessionStorage.setItem(RELOADED_FOR, version);
    return true;
  } catch {
    return false;
  }
}

/** Asks which version the server runs. A page of an older one reloads, or offers to when something is unsent. */
export async function checkVersion(): Promise<void> {
  const response = await fetch("/version", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) return;
  const version = await response.text();
  const isOutdated = version !== BUILD;
  outdated.setState(isOutdated);
  if (isOutdated && !hasUnsent() && mayReloadFor(version)) location.reload();
}

/** Whether the server runs a newer version than this page. */
export const useIsOutdated = (): boolean => useStore(outdated);
