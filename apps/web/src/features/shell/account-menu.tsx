import { Keyboard, Languages, LogOut, Menu as MenuIcon, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { LANGUAGE_NAMES, LOCALES } from "../../i18n/locale.ts";
import { useLocaleSwitch } from "../../i18n/use-locale-switch.ts";
import { setTheme, useTheme } from "../../theme/use-theme.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { useAgent } from "../auth/agent-context.tsx";
import { useSignOut } from "../auth/leave.ts";
import { useRoleText } from "../auth/role-text.ts";
import type { useDestinations } from "./registry.ts";
import { useOpenShellDialog } from "./shell-dialogs.tsx";

const THEME_CHOICES = [
  { theme: "light", icon: Sun, label: "themeToLight" },
  { theme: "dark", icon: Moon, label: "themeToDark" },
  { theme: null, icon: Monitor, label: "themeSystem" },
] as const;

function AccountItems() {
  const t = useTranslations();
  const locale = useLocale();
  const switchTo = useLocaleSwitch();
  const { chosen } = useTheme();
  const router = useRouter();
  const openDialog = useOpenShellDialog();
  const signOut = useSignOut();
  return (
    <>
      <MenuGroup label={t("preferences.language")}>
        {LOCALES.map((language) => (
          <MenuItem key={language} icon={Languages} checked={language === locale} onSelect={() => switchTo(language)}>
            <span lang={language}>{LANGUAGE_NAMES[language]}</span>
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuSeparator />
      {THEME_CHOICES.map(({ theme, icon, label }) => (
        <MenuItem key={label} icon={icon} checked={chosen === theme} onSelect={() => setTheme(theme)}>
          {t(`preferences.${label}`)}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem icon={UserRound} onSelect={() => router.push("/settings/security")}>
        {t("settings.section.security")}
      </MenuItem>
      <MenuItem icon={Keyboard} keys="?" onSelect={() => openDialog("keys")}>
        {t("shell.keys")}
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={signOut}>
        {t("shell.signOut")}
      </MenuItem>
    </>
  );
}

/** The foot of the rail: who is signed in, and what belongs to them. */
export function AccountMenu() {
  const t = useTranslations("shell");
  const agent = useAgent();
  const role = useRoleText()(agent);
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          title={agent.name}
          className="flex min-h-9 w-full items-center gap-2.5 rounded-2 px-1 text-left hover:bg-surface-3 data-popup-open:bg-surface-3 max-lg:justify-center max-lg:px-0"
        >
          <Avatar name={agent.name} size={28} />
          <span className="min-w-0 flex-1 max-lg:sr-only">
            <span className="sr-only">{t("account")}, </span>
            <span className="block truncate font-medium text-13/4">{agent.name}</span>
            <span className="block truncate text-11/[14px] text-muted">{role}</span>
          </span>
        </button>
      }
    >
      <AccountItems />
    </Menu>
  );
}

type AccountTabProps = { className: string; others: ReturnType<typeof useDestinations> };

/** The same behind the last tab of a narrow screen, after the pages that have no tab. */
export function AccountTab({ className, others }: AccountTabProps) {
  const t = useTranslations();
  const agent = useAgent();
  const role = useRoleText()(agent);
  const router = useRouter();
  const pathname = usePathname();
  const isHere = others.some(({ path }) => pathname.startsWith(path));
  return (
    <Menu
      align="end"
      side="top"
      trigger={
        <button type="button" aria-current={isHere ? "page" : undefined} className={className}>
          <Icon of={MenuIcon} size={20} />
          {t("common.more")}
        </button>
      }
    >
      <p className="px-2 pt-1 pb-2">
        <span className="block truncate font-medium">{agent.name}</span>
        <span className="block text-12 text-muted">{role}</span>
      </p>
      {others.map(({ path, label, icon, count }) => (
        <MenuItem
          key={path}
          icon={icon}
          checked={pathname.startsWith(path)}
          onSelect={() => router.push(path)}
          {...(count > 0 ? { detail: String(count) } : {})}
        >
          {label}
        </MenuItem>
      ))}
      <MenuSeparator />
      <AccountItems />
    </Menu>
  );
}
