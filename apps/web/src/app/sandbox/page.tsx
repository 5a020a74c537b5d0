import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SandboxPage } from "../../features/sandbox/sandbox-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("sandbox");
  return { title: t("title") };
}

export default function Page() {
  return <SandboxPage />;
}
