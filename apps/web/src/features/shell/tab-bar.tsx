"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { Badge } from "../../ui/badge.tsx";
import { Icon } from "../../ui/icon.tsx";
import { AccountTab } from "./account-menu.tsx";
import { useDestinations } from "./use-destinations.ts";

const tabClass =
  "flex h-[52px] flex-1 flex-col items-center justify-center gap-0.5 font-medium text-11/[14px] text-muted aria-[current]:text-accent-text";

/** Below 960 px. A page that covers the list (an open conversation) hides it by `data-covers-tabs`. */
export function TabBar() {
  const t = useTranslations("shell");
  const pathname = usePathname();
  return (
    <nav
      aria-label={t("navigation")}
      className="flex shrink-0 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden [main:has([data-covers-tabs=true])+&]:hidden"
    >
      {useDestinations().map(({ href, label, icon, count }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={pathname.startsWith(href) ? "page" : undefined}
          className={tabClass}
        >
          <span aria-hidden className="relative">
            <Icon of={icon} size={20} />
            {count > 0 ? (
              <Badge count={count} className="absolute -top-[7px] left-[13px] shadow-[0_0_0_2px_var(--surface)]" />
            ) : null}
          </span>
          {label}
          {count > 0 ? <span className="sr-only">, {t("unread", { count })}</span> : null}
        </Link>
      ))}
      <AccountTab className={tabClass} />
    </nav>
  );
}
