import type { Me } from "@pult/api/auth/schema.ts";
import type { Portfolio } from "@pult/api/trading/market/schema.ts";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import { useFailureText } from "../../features/shell/use-failure-text.ts";
import { useClaim, useRewards } from "../../features/trading/rewards/use-rewards.ts";
import type { TradingApi } from "../../features/trading/room-store.ts";
import { useMarketRead } from "../../features/trading/standings/use-market-read.ts";
import { useTradingText } from "../../features/trading/use-trading-text.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { useNow } from "../../ui/use-now.ts";
import type { CustomerChat } from "../chat.ts";
import { NotifyMe } from "../live/notify-me.tsx";
import { ActionButton } from "../rooms/action-button.tsx";
import { useCustomerPort } from "../rooms/use-customer-port.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { AppSection } from "./app-section.tsx";
import { PortfolioSections } from "./portfolio-sections.tsx";
import { RewardsSection } from "./rewards-section.tsx";

/** Results change with the trades of others, too. */
const READ_MS = 10_000;

const readMe = ({ auth }: TradingApi): Promise<Me> => auth.me.query();
const readPortfolio = ({ trading }: TradingApi): Promise<Portfolio> => trading.portfolio.query({});

type MeTabProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  isShown: boolean;
  onOpenRoom: (roomId: string) => void;
  onSupport: () => void;
};

/** The customer: rewards, what they have in all rooms, and what they have chosen. */
export function MeTab({ chat, telegram, isShown, onOpenRoom, onSupport }: MeTabProps) {
  const t = useTranslations("miniApp.me");
  const port = useCustomerPort(chat);
  const now = useNow(READ_MS, isShown);
  const { data: portfolio } = useMarketRead(port, readPortfolio, now);
  // Asked again until something was answered.
  const { data: me } = useMarketRead(port, readMe, portfolio ? "" : now);
  const { rewards, failure } = useRewards(port);
  return (
    <div className={isShown ? "flex min-h-0 flex-1 flex-col" : "hidden"}>
      <main className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
        <header className="flex min-h-16 items-center gap-3 px-4 pt-3">
          <Avatar name={me?.name ?? ""} size={40} />
          <div className="min-w-0">
            <h1 dir="auto" className="truncate font-semibold text-[1.0625rem]/6">
              {me?.name ?? t("title")}
            </h1>
            <p className="truncate text-13/[18px] text-muted">{me?.workspace ?? "\u00a0"}</p>
          </div>
        </header>
        <RewardsSection rewards={rewards} failure={failure} />
        {portfolio ? <PortfolioSections portfolio={portfolio} onOpenRoom={onOpenRoom} /> : null}
        <NotifyMe {...{ chat, telegram, isShown }} title={t("notifications")} hasAnswers />
        <AppSection {...{ chat, telegram, onSupport }} />
      </main>
      <Claim {...{ chat, telegram, isShown }} unclaimed={rewards?.unclaimedRewards ?? "0"} />
    </div>
  );
}

type ClaimProps = Pick<MeTabProps, "chat" | "telegram" | "isShown"> & { unclaimed: string };

/** The one action of the page, while there is something to claim. */
function Claim({ chat, telegram, isShown, unclaimed }: ClaimProps) {
  const t = useTranslations("rooms.rewards");
  const text = useTradingText();
  const failureText = useFailureText();
  const isOffline = useStore(chat.state, ({ connection }) => connection === "offline");
  const [claimed, setClaimed] = useState("0");
  const { claiming, claim } = useClaim(useCustomerPort(chat), {
    onClaimed(lamports) {
      setClaimed(lamports);
      telegram.haptic("success");
    },
    onRefused: () => telegram.haptic("error"),
  });
  const { state } = claiming;
  if (unclaimed === "0" && state === "idle") return null;
  const why = () => {
    if (state === "sending") return claiming.isLate ? t("late") : null;
    if (state === "refused") return failureText(claiming.failure);
    return isOffline ? t("offline") : null;
  };
  const isDone = state === "done";
  const label = () => {
    if (isDone) return t("claimed", { amount: text.sol(claimed) });
    return state === "sending" ? t("claiming") : t("claimAmount", { amount: text.sol(unclaimed) });
  };
  return (
    <ActionButton
      {...{ telegram, isShown, isDone }}
      label={label()}
      isDisabled={isDone || isOffline || state === "sending" || unclaimed === "0"}
      isBusy={state === "sending"}
      why={why()}
      run={claim}
    />
  );
}
