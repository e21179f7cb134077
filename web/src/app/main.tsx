import './app.css'

import { ApolloProvider } from '@apollo/client/react'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { preferredLanguage, setLanguage } from '../texts/language'
import { client } from './api'
import { router } from './router'
import { session, watchSession } from './session'
import { applyLooks, watchSystem } from './theme'

applyLooks()
watchSystem(applyLooks)

// Whoever loses the session while inside goes to sign in and comes back to the same view afterwards.
watchSession(() => {
  const now = session()
  const { pathname, href } = router.state.location
  if (now.phase !== 'out' || pathname === '/login') return
  void client.clearStore()
  void router.navigate({ to: '/login', search: now.expired ? { next: href, expired: true } : {} })
})

await setLanguage(preferredLanguage())

const place = document.getElementById('root')
if (!place) throw new Error('index.html has no #root')
createRoot(place).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <RouterProvider router={router} />
    </ApolloProvider>
  </StrictMode>,
)
