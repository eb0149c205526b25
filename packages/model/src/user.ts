import type { Micros } from './timestamp.ts'

/** Also the name of the account's WAMP realm. */
export const LOGIN = /^[a-z][a-z0-9_-]{2,62}$/

/** The person behind an account, as administrators see them. */
export type User = {
  accountId: number
  login: string
  email: string
  fullName: string
  isAdmin: boolean
  createdAt: Micros
  /** false until one was set: then only a one-time link lets them in */
  hasPassword: boolean
}

export type NewUser = {
  login: string
  email: string
  fullName: string
  isAdmin: boolean
  /** null: a one-time link lets them in */
  password: string | null
}

/** What a write says about a user; a missing member stays as it is. */
export type UserPatch = {
  fullName?: string
  email?: string
  isAdmin?: boolean
  password?: string
  /** proves that it is the owner who changes e-mail or password */
  currentPassword?: string
}
