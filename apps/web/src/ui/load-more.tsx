import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { Button } from "./button.tsx";

type LoadMoreProps = {
  /** An infinite query. */
  list: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
  /** The button's word. */
  more: string;
  /** Said where there is nothing more. */
  end: string;
};

/** The end of a list: asks for more when it comes near; by button too, for those who do not scroll. */
export function LoadMore({ list, more, end }: LoadMoreProps) {
  const t = useTranslations("common");
  const mark = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  useEffect(() => {
    const element = mark.current;
    if (!element || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    const observer = new IntersectionObserver(([seen]) => seen?.isIntersecting && fetchNextPage(), {
      rootMargin: "600px",
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  if (!hasNextPage) return <p className="px-4 py-4 text-center text-12 text-muted">{end}</p>;
  return (
    <div ref={mark} className="grid min-h-14 place-items-center">
      <Button size="sm" aria-disabled={isFetchingNextPage} onClick={() => !isFetchingNextPage && fetchNextPage()}>
        {isFetchingNextPage ? t("loading") : isFetchNextPageError ? t("tryAgain") : more}
      </Button>
    </div>
  );
}
