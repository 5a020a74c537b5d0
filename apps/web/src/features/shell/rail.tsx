import { Search } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { useThemeToggle } from "../../theme/use-theme.tsx";
import { useConnection } from "../../trpc/connection.tsx";
import { BrandMark } from "../../ui/brand.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { Dot } from "../../ui/marks.tsx";
import { useNow } from "../../ui/use-now.ts";
import { useAgent } from "../auth/agent-context.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { useKeyText } from "./commands.tsx";
import { registeredAccessories, useDestinations } from "./registry.ts";
import { useOpenShellDialog } from "./shell-dialogs.tsx";

function ThemeRow() {
  const { icon, label, toggle } = useThemeToggle();
  return (
    <button
      type="button"
      onClick={toggle}
      title={label}
      className="flex h-8 items-center gap-2.5 rounded-2 px-2 text-fg-2 hover:bg-surface-3 max-lg:justify-center"
    >
      <Icon of={icon} />
      <span className="truncate max-lg:sr-only">{label}</span>
    </button>
  );
}

/** A length of time in its largest whole unit, for "offline, 3 min". */
function largestUnit(milliseconds: number): { unit: "second" | "minute" | "hour"; count: number } {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return { unit: "second", count: seconds };
  if (seconds < 3600) return { unit: "minute", count: Math.floor(seconds / 60) };
  return { unit: "hour", count: Math.floor(seconds / 3600) };
}

const TONES = { live: "success", catchingUp: "warning", offline: "hollow", connecting: "hollow" } as const;

/** In words, and for how long it has been offline. */
function useConnectionText(): string {
  const t = useTranslations("connection");
  const { phase, since } = useConnection();
  const now = useNow(1000, phase === "offline");
  if (phase !== "offline") return t(phase);
  return t("offlineFor", { duration: t("duration", largestUnit(now - since)) });
}

function ConnectionStatus() {
  const t = useTranslations("connection");
  const { phase } = useConnection();
  const text = useConnectionText();
  return (
    <div title={text} className="flex h-8 items-center gap-2.5 px-2 text-fg-2 max-lg:justify-center">
      <span className="grid w-4 place-items-center">
        <Dot tone={TONES[phase]} />
      </span>
      <span className="num truncate max-lg:sr-only">{text}</span>
      {/* The seconds are not read aloud, the changes are. */}
      <span role="status" className="sr-only">
        {phase === "connecting" ? "" : t(phase)}
      </span>
    </div>
  );
}

type DestinationLinkProps = { destination: ReturnType<typeof useDestinations>[number]; isCurrent: boolean };

function DestinationLink({ destination, isCurrent }: DestinationLinkProps) {
  const t = useTranslations("shell");
  const { path, label, icon, count } = destination;
  return (
    <Link
      href={path}
      prefetch={false}
      aria-current={isCurrent ? "page" : undefined}
      title={label}
      className="relative flex h-8 items-center gap-2.5 rounded-2 px-2 font-medium text-fg-2 hover:bg-surface-3 aria-[current]:bg-surface-4 aria-[current]:text-fg max-lg:justify-center"
    >
      <Icon of={icon} />
      <span className="truncate max-lg:sr-only">
        {label}
        {count > 0 ? <span className="sr-only">, {t("unread", { count })}</span> : null}
      </span>
      {count > 0 ? (
        <span
          aria-hidden
          className="num ml-auto text-11 text-fg-2 max-lg:absolute max-lg:top-0 max-lg:right-0.5 max-lg:rounded-full max-lg:bg-accent max-lg:px-1 max-lg:text-10/4 max-lg:text-on-accent"
        >
          {count > 99 ? "99+" : count}
        </span>
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
      <div className="flex items-center max-lg:flex-col">
        <p
          title={workspace}
          className="flex h-9 min-w-0 items-center gap-2 px-2 font-semibold text-14 max-lg:justify-center lg:flex-1"
        >
          <BrandMark />
          <span className="truncate max-lg:sr-only">{workspace}</span>
        </p>
        {registeredAccessories().map(({ id, Item }) => (
          <Item key={id} />
        ))}
      </div>
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
            key={destination.path}
            destination={destination}
            isCurrent={pathname.startsWith(destination.path)}
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
