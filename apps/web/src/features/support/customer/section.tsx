"use client";

import { type ReactNode, useId } from "react";

/** One part of the side panel, named by its heading. */
export function Section({ title, children }: { title?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={title ? id : undefined} className="border-line border-b px-4 py-3 last:border-0">
      {title ? (
        <h3 id={id} className="mb-1.5 flex min-h-6 items-center font-semibold text-12">
          {title}
        </h3>
      ) : null}
      {children}
    </section>
  );
}
