import type { ReactNode } from "react";

/** A titled part of the right pane. */
export function TraySection(props: { title: string; side?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line border-b last:border-b-0">
      <header className="flex min-h-11 items-center gap-2 px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-13">{props.title}</h2>
        {props.side}
      </header>
      <div className="px-4 pb-3.5">{props.children}</div>
    </section>
  );
}
