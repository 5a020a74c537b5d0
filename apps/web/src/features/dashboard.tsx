"use client";

// Every feature of the dashboard, in the order of the rail: each registers its pages and commands with the shell.
import "./support/register.tsx";
import "./chats/register.ts";
import "./notices/register.tsx";
import "./notifications/register.tsx";
import "./trading/register.ts";
import "./contacts/register.ts";
import "./sandbox/register.ts";
import "./settings/register.ts";
import { DashboardShell } from "./shell/dashboard-shell.tsx";

export default DashboardShell;
