"use client";

import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect } from "react";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { useMedia } from "../../ui/use-browser.ts";
import { FIRST_SECTION, type Section, useSections } from "./register.ts";

/** A wide screen needs no page of links: the first section is open. */
export function SettingsHome() {
  const router = useRouter();
  const isWide = useMedia("(min-width: 60rem)");
  useEffect(() => {
    if (isWide) router.replace(FIRST_SECTION);
  }, [isWide, router]);
  return null;
}

function SectionLink({ section, isCurrent }: { section: Section; isCurrent: boolean }) {
  return (
    <Link
      href={section.href}
      prefetch={false}
      aria-current={isCurrent ? "page" : undefined}
      className="flex items-center rounded-2 px-2 text-fg-2 hover:bg-surface-3 aria-[current]:bg-surface-4 aria-[current]:font-medium aria-[current]:text-fg max-md:min-h-14 max-md:gap-3 max-md:rounded-none max-md:border-line max-md:border-b max-md:px-4 max-md:text-14 max-md:text-fg md:min-h-7"
    >
      <Icon of={section.icon} className="text-muted md:hidden" />
      <span className="min-w-0 flex-1 truncate">{section.label}</span>
      <Icon of={ChevronRight} className="text-muted md:hidden" />
    </Link>
  );
}

function SectionNav({ className }: { className: string }) {
  const t = useTranslations("settings");
  const pathname = usePathname();
  return (
    <nav
      aria-label={t("title")}
      className={cx(
        "flex min-h-0 flex-col gap-px md:border-line md:border-r md:bg-surface-2 md:px-2 md:py-3",
        className,
      )}
    >
      <h1 className="flex h-[52px] shrink-0 items-center border-line border-b px-4 font-semibold text-16 md:sr-only">
        {t("title")}
      </h1>
      {useSections().map((group) => (
        <section key={group.id} aria-labelledby={`settings-${group.id}`} className="flex flex-col gap-px">
          <h2
            id={`settings-${group.id}`}
            className="px-2 pt-3 pb-1 font-medium text-11 text-muted max-md:border-line max-md:border-b max-md:px-4 max-md:pt-5 max-md:text-12"
          >
            {group.label}
          </h2>
          {group.sections.map((section) => (
            <SectionLink key={section.id} section={section} isCurrent={pathname.startsWith(section.href)} />
          ))}
        </section>
      ))}
    </nav>
  );
}

/** Sections beside the open one; below 960 px a page of sections, and each a page of its own. */
export function SettingsFrame({ children }: { children: ReactNode }) {
  const isList = usePathname() === "/settings";
  return (
    <div className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[200px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)]">
      <SectionNav className={isList ? "max-md:flex-1" : "max-md:hidden"} />
      <div className={cx("flex min-h-0 min-w-0 flex-1 flex-col", isList && "max-md:hidden")}>{children}</div>
    </div>
  );
}
