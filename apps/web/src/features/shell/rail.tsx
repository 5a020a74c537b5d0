"use client";

import { Search } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { BrandMark } from "../../ui/brand.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { useAgent } from "../auth/agent-context.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { ConnectionStatus } from "./connection-status.tsx";
import { useKeyText } from "./key-text.ts";
import { useOpenShellDialog } from "./shell-dialogs.tsx";
import { ThemeRow } from "./theme-row.tsx";
import { type Destination, useDestinations } from "./use-destinations.ts";

function DestinationLink({ destination, isCurrent }: { destination: Destination; isCurrent: boolean }) {
  const t = useTranslations("shell");
  const { href, label, icon, count } = destination;
  return (
    <Link
      href={href}
      prefetch={false}
      aria-current={isCurrent ? "page" : undefined}
      title={label}
      className="relative flex h-8 items-center gap-2.5 rounded-2 px-2 font-medium text-fg-2 hover:bg-surface-3 aria-[current]:bg-surface-4 aria-[current]:text-fg max-lg:justify-center"
    >
      <Icon of={icon} />
      <span className="truncate max-lg:sr-only">{label}</span>
      {count > 0 ? (
        <>
          <span
            aria-hidden
            className="num ml-auto text-11 text-fg-2 max-lg:absolute max-lg:top-0 max-lg:right-0.5 max-lg:rounded-full max-lg:bg-accent max-lg:px-1 max-lg:text-10/4 max-lg:text-on-accent"
          >
            {count > 99 ? "99+" : count}
          </span>
          <span className="sr-only">, {t("unread", { count })}</span>
        </>
      ) : null}
    </Link>
  );
}

/** 184 px with words, 56 px with icons, gone below 960 px. */
export function Rail() {
  const t = useTranslations("shell");
  const pathname = usePathname();
  const { workspace } = useAgent();
  const destinations = useDestinations();
  const openDialog = useOpenShellDialog();
  const keyText = useKeyText();
  return (
    <nav
      aria-label={t("navigation")}
      className="flex min-h-0 flex-col gap-2 border-line border-r bg-canvas p-2 max-md:hidden"
    >
      <p title={workspace} className="flex h-9 items-center gap-2 px-2 font-semibold text-14 max-lg:justify-center">
        <BrandMark />
        <span className="truncate max-lg:sr-only">{workspace}</span>
      </p>
      <button
        type="button"
        onClick={() => openDialog("palette")}
        className="flex h-8 items-center gap-2 rounded-2 border border-line-2 bg-surface pr-1.5 pl-2 text-muted hover:border-control max-lg:justify-center max-lg:p-0"
      >
        <Icon of={Search} />
        <span className="flex-1 truncate text-left max-lg:sr-only">{t("search")}</span>
        <span aria-hidden className="max-lg:hidden">
          <Kbd>{keyText("mod+k")}</Kbd>
        </span>
      </button>
      <div className="flex flex-col gap-px">
        {destinations.map((destination) => (
          <DestinationLink
            key={destination.href}
            destination={destination}
            isCurrent={pathname.startsWith(destination.href)}
          />
        ))}
      </div>
      <div className="mt-auto flex flex-col gap-px">
        <ThemeRow />
        <ConnectionStatus />
        <div className="mt-[7px] border-line border-t pt-[7px]">
          <AccountMenu />
        </div>
      </div>
    </nav>
  );
}
