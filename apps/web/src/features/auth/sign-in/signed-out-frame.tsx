"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { ApiProvider } from "../../../trpc/provider.tsx";
import { BrandMark } from "../../../ui/brand.tsx";
import { LanguageSwitch } from "../../shell/language-switch.tsx";
import { ThemeButton } from "../../shell/theme-button.tsx";

const noSubscription = () => () => {};
const stay = () => {};

/** Pages of nobody yet: signing in, and whatever a link opens. */
export function SignedOutFrame({ title, children }: { title: string; children: ReactNode }) {
  // Which installation this is; the server does not know by what name it is reached.
  const host = useSyncExternalStore(
    noSubscription,
    () => location.host,
    () => "\u00a0",
  );
  return (
    <ApiProvider onSignedOut={stay}>
      <div className="grid min-h-dvh grid-rows-[56px_1fr_56px] bg-canvas [--surface-3:var(--surface-4)]">
        <header className="flex items-center justify-end gap-2 px-4 md:px-6">
          <LanguageSwitch />
          <ThemeButton />
        </header>
        <main className="grid grid-cols-[minmax(0,1fr)] place-items-center px-4 pt-6 pb-12">
          <div className="w-[368px] max-w-full">
            <div className="mb-6 flex items-center gap-2.5">
              <BrandMark large />
              <div className="min-w-0">
                <h1 className="font-semibold text-20/6">{title}</h1>
                <p className="truncate text-muted">{host}</p>
              </div>
            </div>
            {children}
          </div>
        </main>
      </div>
    </ApiProvider>
  );
}

/** The box in the middle of such a page. */
export const cardClass = "flex flex-col gap-4 rounded-3 border border-line bg-surface p-6";
