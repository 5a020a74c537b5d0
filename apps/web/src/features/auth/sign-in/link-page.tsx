import { LinkIcon, RotateCw, Unlink } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { BackToSignIn, cardClass, NoticeCard, SignedOutFrame } from "./signed-out-frame.tsx";

/** What a link carries behind `#token=`; undefined until the page knows its address, empty when there is none. */
function useLinkToken(): string | undefined {
  const [token, setToken] = useState<string>();
  useEffect(() => {
    const read = () => setToken(new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
    read();
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return token;
}

/** A link that is good, as far as is known: whom it is for, and what to call when it turns out to be good no more. */
export type OpenLink<Subject> = { token: string; subject: Subject; onStale: () => void };

type LinkSubjectProps<Subject> = {
  /** Asks whom the link is for, without using it up. */
  check: (client: ReturnType<typeof useTRPCClient>, token: string) => Promise<Subject>;
  /** What to do when it is no longer valid. */
  staleHint: string;
  children: (link: OpenLink<Subject>) => ReactNode;
};

function Stale({ hint }: { hint: string }) {
  const t = useTranslations("link");
  return (
    <NoticeCard icon={Unlink} role="alert" title={t("stale")} text={hint}>
      <BackToSignIn />
    </NoticeCard>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useTranslations();
  const reason = useErrorText()(error) ?? "";
  return (
    <NoticeCard icon={LinkIcon} role="alert" title={t("link.notChecked")} text={reason}>
      <Button size="lg" onClick={onRetry}>
        <Icon of={RotateCw} />
        {t("common.tryAgain")}
      </Button>
    </NoticeCard>
  );
}

type Checked<Subject> = { subject: Subject } | { error: unknown } | null;

/** What a link opens, once it is known to be good; a stale one says so before the form is filled in. */
function LinkSubject<Subject>({ check, staleHint, children }: LinkSubjectProps<Subject>) {
  const t = useTranslations("common");
  const client = useTRPCClient();
  const token = useLinkToken();
  const [checked, setChecked] = useState<Checked<Subject>>(null);
  const [isStale, setStale] = useState(false);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each link and try
  useEffect(() => {
    if (token === undefined) return;
    setStale(token === "");
    setChecked(null);
    if (token === "") return;
    let isCurrent = true;
    check(client, token).then(
      (subject) => isCurrent && setChecked({ subject }),
      (error: unknown) => {
        if (!isCurrent) return;
        const { kind } = toFailure(error);
        if (kind === "notFound" || kind === "invalid") setStale(true);
        else setChecked({ error });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [token, tries]);
  if (isStale) return <Stale hint={staleHint} />;
  if (checked && "error" in checked) return <Failed error={checked.error} onRetry={() => setTries(tries + 1)} />;
  if (checked && token) return children({ token, subject: checked.subject, onStale: () => setStale(true) });
  return (
    <div className={cardClass}>
      <AfterDelay label={t("loading")}>
        <Skeleton className="mb-4 h-4 w-48" />
        <Skeleton className="mb-4 h-9" />
        <Skeleton className="h-9" />
      </AfterDelay>
    </div>
  );
}

export function LinkPage<Subject>({ title, ...gate }: LinkSubjectProps<Subject> & { title: string }) {
  return (
    <SignedOutFrame title={title}>
      <LinkSubject {...gate} />
    </SignedOutFrame>
  );
}
