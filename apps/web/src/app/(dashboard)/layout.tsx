import type { Metadata } from "next";
import Dashboard from "../../features/dashboard.tsx";

/** Installed on a phone or a desktop, the dashboard has an icon with a count; iOS knows pushes only there. */
export const metadata: Metadata = {
  manifest: "/manifest.webmanifest",
  appleWebApp: { title: "Pult", capable: true },
  icons: { icon: { url: "/favicon/0", type: "image/svg+xml" }, apple: "/icon-192.png" },
};

export default Dashboard;
