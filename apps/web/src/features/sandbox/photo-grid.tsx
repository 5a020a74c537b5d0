"use client";

import { useTranslations } from "next-intl";
import { cx } from "../../ui/cx.ts";

/** Photos of one message; each opens by itself. */
export function PhotoGrid({
  urls,
  author,
  className,
}: {
  urls: readonly string[];
  author: string;
  className?: string;
}) {
  const t = useTranslations("sandbox");
  return (
    <span className={cx("grid gap-0.5", urls.length === 1 ? "grid-cols-1" : "grid-cols-2", className)}>
      {urls.map((url, index) => (
        <a
          key={url}
          href={url}
          target="_blank"
          rel="noreferrer"
          className="block overflow-hidden rounded-1 bg-surface-4"
        >
          {/* biome-ignore lint/performance/noImgElement: from this server, in the size it is shown in */}
          <img
            src={url}
            alt={t("photoAlt", { index: index + 1, count: urls.length, author })}
            className="block aspect-4/3 w-full object-cover"
          />
        </a>
      ))}
    </span>
  );
}
