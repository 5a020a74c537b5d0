import type { Session } from "@pult/api/chats/schema.ts";
import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { accountName, HealthDot, HealthText, useHealth } from "./health.tsx";

const tileClass =
  "flex w-[76px] shrink-0 flex-col items-center gap-0.5 rounded-2 px-1 py-1.5 text-11 -outline-offset-2 hover:bg-surface-3";

type AccountTileProps = { account: Session; isOpen: boolean; onOpen: () => void };

function AccountTile({ account, isOpen, onOpen }: AccountTileProps) {
  const { health } = useHealth(account);
  const name = accountName(account);
  return (
    <button
      type="button"
      aria-pressed={isOpen}
      title={name}
      onClick={onOpen}
      className={cx(tileClass, "aria-pressed:bg-accent-soft")}
    >
      <span className="relative">
        <Avatar name={name} size={32} />
        <HealthDot
          health={health}
          className={cx(
            "absolute -right-0.5 -bottom-0.5 size-2.5 shadow-[0_0_0_2px_var(--color-surface)]",
            isOpen && "shadow-[0_0_0_2px_var(--color-accent-soft)]",
          )}
        />
      </span>
      <span dir="auto" className="max-w-full truncate font-medium text-fg">
        {name}
      </span>
      <HealthText account={account} className={cx("max-w-full", isOpen && health === "connected" && "text-fg-2")} />
    </button>
  );
}

type AccountSwitcherProps = {
  accounts: readonly Session[];
  openId: string | null;
  onOpen: (accountId: string) => void;
  onLink: () => void;
};

/** Every linked account with its health, and the way to another. */
export function AccountSwitcher({ accounts, openId, onOpen, onLink }: AccountSwitcherProps) {
  const t = useTranslations("chats");
  const mayWrite = useMay()("chats:write");
  return (
    <nav
      aria-label={t("accounts")}
      className="scroll-pane flex shrink-0 gap-1 overflow-x-auto border-line border-b p-2"
    >
      {accounts.map((account) => (
        <AccountTile
          key={account.id}
          account={account}
          isOpen={account.id === openId}
          onOpen={() => onOpen(account.id)}
        />
      ))}
      {mayWrite ? (
        <button type="button" onClick={onLink} className={tileClass}>
          <span className="grid size-8 place-items-center rounded-full border border-control border-dashed text-fg-2">
            <Icon of={Plus} />
          </span>
          <span className="max-w-full truncate font-medium text-fg">{t("link.short")}</span>
          <span className="max-w-full truncate text-muted">{t("link.shortNote")}</span>
        </button>
      ) : null}
    </nav>
  );
}
