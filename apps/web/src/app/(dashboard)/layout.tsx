import type { ReactNode } from "react";
import { Dashboard } from "../../features/dashboard.tsx";

export default function DashboardLayout({ children }: { children: ReactNode }) {
  return <Dashboard>{children}</Dashboard>;
}
