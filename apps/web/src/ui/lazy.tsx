import { useTranslations } from "next-intl";
import { Component, type ComponentType, type ReactNode, useEffect, useLayoutEffect, useState } from "react";
import { Button } from "./button.tsx";
import { checkVersion, useIsOutdated } from "./new-version.ts";

export function NoticeCard({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div
      role="alert"
      className="fixed bottom-4 left-4 z-50 flex w-[min(376px,calc(100vw-32px))] items-center gap-3 rounded-3 bg-surface py-2 pr-2 pl-3 text-13 text-fg shadow-dialog max-md:bottom-20"
    >
      <span className="min-w-0 flex-1">{text}</span>
      {children}
    </div>
  );
}

/** Offers the new version to a page that could not reload by itself. */
export function NewVersionNotice() {
  const t = useTranslations("loading");
  if (!useIsOutdated()) return null;
  return (
    <NoticeCard text={t("newVersion")}>
      <Button onClick={() => location.reload()}>{t("reload")}</Button>
    </NoticeCard>
  );
}

function PartFailed({ onRetry, onClose }: { onRetry: () => void; onClose?: (() => void) | undefined }) {
  const t = useTranslations("loading");
  if (useIsOutdated()) return <NewVersionNotice />;
  return (
    <NoticeCard text={t("partFailed")}>
      {onClose ? <Button onClick={onClose}>{t("close")}</Button> : null}
      <Button onClick={onRetry}>{t("tryAgain")}</Button>
    </NoticeCard>
  );
}

const MAX_RETRY_MS = 30_000;
const PREFETCH_AFTER_MS = 4_000;

const modules = new Set<() => Promise<unknown>>();
let openingCount = 0;

/** Whether a part has been asked for and is not on the screen yet. */
export const isPartOpening = (): boolean => openingCount > 0;

type Boundary = { children: ReactNode; onClose: (() => void) | undefined };

/** Keeps a part that throws from taking the page with it. */
class PartBoundary extends Component<Boundary, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError = () => ({ hasFailed: true });
  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return <PartFailed onRetry={() => this.setState({ hasFailed: false })} onClose={this.props.onClose} />;
  }
}

function onCloseOf(props: object): (() => void) | undefined {
  return "onClose" in props && typeof props.onClose === "function" ? (props.onClose as () => void) : undefined;
}

type PartOptions<Props> = {
  whileLoading?: (props: Props) => ReactNode;
  /** Says nothing while loading fails, and keeps trying. */
  isSilent?: boolean;
  /** Is fetched once the page has nothing else to do. */
  isLate?: boolean;
};

/** Safari has no idle callbacks. */
const onIdle = (run: () => void, options?: IdleRequestOptions): unknown =>
  "requestIdleCallback" in window ? requestIdleCallback(run, options) : setTimeout(run, 200);

/** Resolves when the page has nothing else to do. */
const idle = (options?: IdleRequestOptions): Promise<void> => new Promise((resolve) => onIdle(resolve, options));
const MAX_IDLE_WAIT_MS = 2_000;

/**
 * A module that is fetched when first needed. A failed import is not remembered: it is repeated after a growing pause, and at once
 * by a button.
 */
export function lazyModule<Module>(importModule: () => Promise<Module>) {
  let loaded: Module | null = null;
  let pending: Promise<Module> | null = null;
  const load = (): Promise<Module> => {
    pending ??= importModule().then(
      (module) => {
        loaded = module;
        return module;
      },
      (error: unknown) => {
        pending = null;
        void checkVersion();
        throw error;
      },
    );
    return pending;
  };
  modules.add(load);

  function useModule({ isSilent, isLate }: { isSilent: boolean; isLate: boolean }) {
    const [module, setModule] = useState(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    const [attempt, setAttempt] = useState({ delayMs: 0 });
    const isMissing = module === null;
    const isOpening = isMissing && !hasFailed && !isSilent;
    useLayoutEffect(() => {
      if (!isOpening) return;
      openingCount += 1;
      return () => {
        openingCount -= 1;
      };
    }, [isOpening]);
    useEffect(() => {
      if (!isMissing) return;
      let isGone = false;
      const run = () =>
        load().then(
          (value) => isGone || setModule(() => value),
          () => {
            if (isGone) return;
            setFailed(true);
            setAttempt(({ delayMs }) => ({ delayMs: Math.min(Math.max(1_000, delayMs * 2), MAX_RETRY_MS) }));
          },
        );
      const begin = () => (isLate ? idle({ timeout: MAX_IDLE_WAIT_MS }).then(run) : run());
      const timer = setTimeout(begin, attempt.delayMs);
      return () => {
        isGone = true;
        clearTimeout(timer);
      };
    }, [isMissing, isLate, attempt]);
    return { module, hasFailed, retry: () => setAttempt({ delayMs: 0 }) };
  }

  /** A component of the module. */
  function part<Props extends object>(
    pick: (module: Module) => ComponentType<Props>,
    { whileLoading, isSilent = false, isLate = false }: PartOptions<Props> = {},
  ): ComponentType<Props> {
    return function Part(props: Props) {
      const { module, hasFailed, retry } = useModule({ isSilent, isLate });
      const onClose = onCloseOf(props);
      if (module) {
        const Loaded = pick(module);
        return (
          <PartBoundary onClose={onClose}>
            <Loaded {...props} />
          </PartBoundary>
        );
      }
      return (
        <>
          {whileLoading?.(props)}
          {hasFailed && !isSilent ? <PartFailed onRetry={retry} onClose={onClose} /> : null}
        </>
      );
    };
  }

  return { load, part };
}

/** Fetches every part of the page, one after the other, once the page has nothing else to do. */
export function usePrefetchedParts(): void {
  useEffect(() => {
    let isGone = false;
    const timer = setTimeout(async () => {
      // The set grows while it is walked: a part may bring parts of its own.
      for (const load of modules) {
        await idle();
        if (isGone || !navigator.onLine) return;
        await load().catch(() => {});
      }
    }, PREFETCH_AFTER_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
}
