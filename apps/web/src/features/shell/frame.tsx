import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, Suspense, useEffect } from "react";
import { Icon } from "../../ui/icon.tsx";
import { Badge } from "../../ui/marks.tsx";
import { HeaderEnd } from "../../ui/pane-header.tsx";
import { AccountTab } from "./account-menu.tsx";
import { Rail } from "./rail.tsx";
import { registeredAccessories, useAccessoryCount, useDestinations } from "./registry.ts";
import { ShellDialogs } from "./shell-dialogs.tsx";

const PREFIX = /^\(\d+\+?\) /;

function showInTitle(count: number) {
  const bare = document.title.replace(PREFIX, "");
  const wanted = count > 0 ? `(${count > 99 ? "99+" : count}) ${bare}` : bare;
  if (document.title !== wanted) document.title = wanted;
}

function showInIcon(count: number) {
  const href = `/favicon/${Math.min(count, 10)}`;
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"]')) {
    if (link.getAttribute("href") !== href) link.href = href;
  }
}

function showOnApp(count: number) {
  if (!("setAppBadge" in navigator)) return;
  // Refused where the page is not installed; the title and the icon say it anyway.
  (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

/**
 * What is unread in the tab's title and its icon: messages, or notices where those are more, as most messages are both. On the icon of
 * the installed app notices alone, as the service worker counts there too.
 */
function UnreadTitle() {
  const messages = useDestinations().reduce((sum, destination) => sum + destination.count, 0);
  const notices = useAccessoryCount();
  const count = Math.max(messages, notices);
  useEffect(() => showOnApp(notices), [notices]);
  useEffect(() => {
    const show = () => {
      showInTitle(count);
      showInIcon(count);
    };
    show();
    // Next puts a new title and a new icon there when it renders a page.
    const observer = new MutationObserver(show);
    observer.observe(document.head, { childList: true, characterData: true, subtree: true });
    return () => observer.disconnect();
  }, [count]);
  return null;
}

const tabClass =
  "flex h-[52px] min-w-0 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-11/[14px] text-muted aria-[current]:text-accent-text";

/** More would leave no room for their names. */
const MAX_TABS = 4;

/** Below 960 px: the first destinations, and the others behind the last tab. A page that covers the list (an open conversation) hides it by `data-covers-tabs`. */
function TabBar() {
  const t = useTranslations("shell");
  const pathname = usePathname();
  const destinations = useDestinations();
  const shown = destinations.length > MAX_TABS + 1 ? destinations.slice(0, MAX_TABS) : destinations;
  return (
    <nav
      aria-label={t("navigation")}
      className="flex shrink-0 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden [main:has([data-covers-tabs=true])+&]:hidden"
    >
      {shown.map(({ path, label, icon, count }) => (
        <Link
          key={path}
          href={path}
          prefetch={false}
          aria-current={pathname.startsWith(path) ? "page" : undefined}
          className={tabClass}
        >
          <span aria-hidden className="relative">
            <Icon of={icon} size={20} />
            {count > 0 ? (
              <Badge
                count={count}
                className="absolute -top-[7px] left-[13px] shadow-[0_0_0_2px_var(--color-surface)]"
              />
            ) : null}
          </span>
          <span className="max-w-full truncate">
            {label}
            {count > 0 ? <span className="sr-only">, {t("unread", { count })}</span> : null}
          </span>
        </Link>
      ))}
      <AccountTab className={tabClass} others={destinations.slice(shown.length)} />
    </nav>
  );
}

/** What the head of the rail has, where there is no rail. */
const Accessories = () => (
  <span className="flex md:hidden">
    {registeredAccessories().map(({ id, Item }) => (
      <Item key={id} />
    ))}
  </span>
);

/** Rail and page; below 960 px page and tab bar. */
export function Frame({ children }: { children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <ShellDialogs>
      <a href="#content" className="skip-link rounded-2 bg-surface px-3 py-2 font-medium shadow-dialog">
        {t("skipToContent")}
      </a>
      <div className="flex h-dvh flex-col md:grid md:grid-cols-[56px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[184px_minmax(0,1fr)]">
        <Rail />
        <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none">
          <HeaderEnd value={<Accessories />}>
            <Suspense>{children}</Suspense>
          </HeaderEnd>
        </main>
        <TabBar />
      </div>
      <UnreadTitle />
    </ShellDialogs>
  );
}
