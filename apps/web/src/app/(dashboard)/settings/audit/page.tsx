import { AuditPage } from "../../../../features/auth/audit/audit-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.audit");
export default AuditPage;
